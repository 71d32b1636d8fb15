<#ftl output_format="plainText">
<#import "template.ftl" as layout>
<@layout.letter subject=msg("passwordResetSubject")
  text=msg("passwordResetBody", link, linkExpirationFormatter(linkExpiration), layout.brand, layout.support) link=link button=msg("mailChoosePassword") />
