<#ftl output_format="plainText">
<#if messageKey == "customMessage">
${customMessage}
<#else>
${user.firstName?has_content?then(msg("greeting", user.firstName!""), msg("greetingNobody"))}

${msg(messageKey, daysRemaining, reason)}
</#if>

<#if properties.portalUrl?starts_with("http")>
${msg("mailAction")}: ${properties.portalUrl}

</#if>
--
${msg("mailFooter", properties.brandName!"")}
