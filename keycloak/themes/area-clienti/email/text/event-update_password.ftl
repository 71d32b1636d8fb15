<#ftl output_format="plainText">
<#import "template.ftl" as layout>
<@layout.letter subject=msg("eventUpdatePasswordSubject")
  text=msg("eventUpdatePasswordBody", layout.when(event.date), event.ipAddress, layout.brand, layout.support) />
