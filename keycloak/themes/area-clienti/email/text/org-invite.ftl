<#ftl output_format="plainText">
<#import "template.ftl" as layout>
<@layout.letter subject=msg("orgInviteSubject", organization.name)
  text=msg("orgInviteBody", organization.name, link, linkExpirationFormatter(linkExpiration), layout.brand, layout.support) link=link button=msg("mailContinue") />
