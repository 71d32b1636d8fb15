<#ftl output_format="plainText">
<#import "template.ftl" as layout>
<@layout.letter subject=msg("verifiableCredentialOfferSubject")
  text=msg("verifiableCredentialOfferBody", credentialScopeDisplayName, link, linkExpirationFormatter(linkExpiration), layout.brand, layout.support) link=link button=msg("mailContinue") />
