<#ftl output_format="plainText">
<#import "template.ftl" as layout>
<@layout.letter subject=msg("identityProviderLinkSubject", identityProviderDisplayName)
  text=msg("identityProviderLinkBody", identityProviderDisplayName, identityProviderContext.username, link, linkExpirationFormatter(linkExpiration), layout.brand, layout.support) link=link button=msg("mailContinue") />
