<#ftl output_format="plainText">
<#import "template.ftl" as layout>
<@layout.letter subject=msg("emailVerificationSubject")
  text=msg("emailVerificationBody", link, linkExpirationFormatter(linkExpiration), layout.brand, layout.support) link=link button=msg("mailConfirmEmail") />
