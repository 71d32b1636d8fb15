<#ftl output_format="plainText">
<#import "template.ftl" as layout>
<@layout.letter subject=msg("executeActionsSubject")
  text=msg("executeActionsBody", link, layout.actions(requiredActions![]), linkExpirationFormatter(linkExpiration), layout.brand, layout.support) link=link button=msg("mailContinue") />
