<#ftl output_format="plainText">
<#import "template.ftl" as layout>
<@layout.letter subject=msg("eventLoginErrorSubject")
  text=msg("eventLoginErrorBody", layout.when(event.date), event.ipAddress, layout.brand, layout.support) />
