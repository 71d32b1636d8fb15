<#ftl output_format="HTML">
<#import "template.ftl" as layout>
<@layout.letter subject=msg("eventUpdateTotpSubject")
  text=msg("eventUpdateTotpBody", layout.when(event.date), event.ipAddress, layout.brand, layout.support) />
