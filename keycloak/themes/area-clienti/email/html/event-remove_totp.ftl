<#ftl output_format="HTML">
<#import "template.ftl" as layout>
<@layout.letter subject=msg("eventRemoveTotpSubject")
  text=msg("eventRemoveTotpBody", layout.when(event.date), event.ipAddress, layout.brand, layout.support) />
