<#import "template.ftl" as layout>
<@layout.emailLayout>
<h1 style="margin:0 0 16px;font-size:22px;line-height:1.25">${kcSanitize(msg(subjectKey, daysRemaining, reason))?no_esc}</h1>
<#if messageKey == "customMessage">
<p>${kcSanitize(customMessage)?no_esc}</p>
<#else>
<p>${user.firstName?has_content?then(msg("greeting", user.firstName!""), msg("greetingNobody"))}</p>
<p>${kcSanitize(msg(messageKey, daysRemaining, reason))?no_esc}</p>
</#if>
<#if properties.portalUrl?starts_with("http")>
<p style="margin:24px 0 0"><a href="${properties.portalUrl}" style="display:inline-block;padding:13px 24px;border-radius:10px;background:${properties.mailBrand!'#3d4852'};color:#ffffff;font-weight:600;text-decoration:none">${msg("mailAction")}</a></p>
</#if>
</@layout.emailLayout>
