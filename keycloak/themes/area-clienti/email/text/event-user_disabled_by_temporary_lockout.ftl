<#ftl output_format="plainText">
<#import "template.ftl" as layout>
<@layout.letter subject=msg("eventUserDisabledByTemporaryLockoutSubject")
  text=msg("eventUserDisabledByTemporaryLockoutBody", layout.when(event.date), layout.brand, layout.support) />
