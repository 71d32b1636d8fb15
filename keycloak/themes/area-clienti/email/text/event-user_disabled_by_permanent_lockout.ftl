<#ftl output_format="plainText">
<#import "template.ftl" as layout>
<@layout.letter subject=msg("eventUserDisabledByPermanentLockoutSubject")
  text=msg("eventUserDisabledByPermanentLockoutBody", layout.when(event.date), layout.brand, layout.support) />
