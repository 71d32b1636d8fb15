<#ftl output_format="plainText">
<#import "template.ftl" as layout>
<@layout.letter subject=msg("emailTestSubject")
  text=msg("emailTestBody", layout.brand) />
