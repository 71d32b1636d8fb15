<#ftl output_format="HTML">
<#import "template.ftl" as layout>
<@layout.letter subject=msg("emailUpdateConfirmationSubject")
  text=msg("emailUpdateConfirmationBody", link, newEmail, linkExpirationFormatter(linkExpiration), layout.brand, layout.support) link=link button=msg("mailConfirmEmail") />
