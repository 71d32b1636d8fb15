<#ftl output_format="HTML">
<#import "template.ftl" as layout>
<@layout.letter subject=msg("emailVerificationSubject")
  text=msg("emailVerificationBodyCode", code, layout.brand, layout.support) />
