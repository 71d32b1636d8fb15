<#ftl output_format="HTML">
<#import "template.ftl" as layout>
<#assign portal = properties.portalUrl!"">
<#assign words = (messageKey == "customMessage")?then(customMessage!"", msg(messageKey, daysRemaining, reason, layout.brand, layout.support))>
<#if portal?starts_with("http")>
<@layout.letter subject=msg(subjectKey, daysRemaining, reason) text=words?replace("\n\n", "\n\n" + portal + "\n\n", "f") link=portal button=msg("mailAction") />
<#else>
<@layout.letter subject=msg(subjectKey, daysRemaining, reason) text=words />
</#if>
