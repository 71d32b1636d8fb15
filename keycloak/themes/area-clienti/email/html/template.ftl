<#ftl output_format="HTML">
<#-- The frame of every message, the same as the bridge's (sms_gateway_bridge/texts/email.html): styles on the elements,
     colours and type from the brand's tokens (<brand>/email/theme.properties, written by `make realm`). The parts of a
     text are parted by an empty line: one that is the link becomes a button, the last says what to do if it was not you. -->
<#setting locale=locale.language>
<#setting time_zone="Europe/Rome">
<#assign brand = properties.brandName!"">
<#assign support = properties["support_" + locale.language]!properties.support_it!"">
<#function when date><#return date?datetime?string(msg("mailDateFormat"))></#function>
<#function credential type>
  <#local label = msg("mailCredential." + type)>
  <#return (label == "mailCredential." + type)?then(msg("mailCredential"), label)>
</#function>
<#function actions aliases>
  <#local words = []>
  <#list aliases as alias><#local words = words + [msg("requiredAction." + alias)]></#list>
  <#return words?join(", ")>
</#function>
<#function greeting><#return (user.firstName)?has_content?then(msg("greeting", user.firstName!""), msg("greetingNobody"))></#function>
<#macro emailLayout heading="" preheader="">
<!DOCTYPE html>
<html lang="${locale.language}" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no">
<title>${heading!brand}</title>
<style>
:root { color-scheme: light dark; }
@media (prefers-color-scheme: dark) {
.m-page { background: ${properties.mailDarkPage!} !important; }
.m-card { background: ${properties.mailDarkSurface!} !important; }
.m-box { background: ${properties.mailDarkSurfaceSoft!} !important; border-color: ${properties.mailDarkLine!} !important; }
.m-ink { color: ${properties.mailDarkInk!} !important; }
.m-soft { color: ${properties.mailDarkInkSoft!} !important; }
}
</style>
</head>
<body class="m-page" style="margin:0;padding:0;background:${properties.mailPage!};-webkit-text-size-adjust:100%">
<div style="display:none;max-height:0;overflow:hidden;mso-hide:all">${preheader}</div>
<table role="presentation" class="m-page" width="100%" cellpadding="0" cellspacing="0" border="0" style="background:${properties.mailPage!}"><tr><td align="center" style="padding:24px 12px">
<!--[if mso]><table role="presentation" width="600" cellpadding="0" cellspacing="0" border="0"><tr><td><![endif]-->
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:600px;text-align:left;font-family:${properties.mailFontBody!};font-size:16px;line-height:1.55">
<tr><td bgcolor="${properties.mailBand!}" style="padding:18px 28px;background:${properties.mailBand!};color:${properties.mailOnBand!};border-radius:${properties.mailRadiusL!} ${properties.mailRadiusL!} 0 0"><span style="font-family:${properties.mailWordmarkFont!};font-weight:${properties.mailWordmarkWeight!};font-size:21px">${brand}</span> <span style="font-size:14px;white-space:nowrap">${msg("customerArea")}</span></td></tr>
<tr><td class="m-card m-ink" bgcolor="${properties.mailSurface!}" style="padding:30px 28px 32px;background:${properties.mailSurface!};color:${properties.mailInk!};border-radius:0 0 ${properties.mailRadiusL!} ${properties.mailRadiusL!}">
<#if heading?has_content><h1 class="m-ink" style="margin:0 0 18px;font-family:${properties.mailFontHeading!};font-weight:${properties.mailHeadingWeight!};font-size:25px;line-height:1.25;color:${properties.mailInk!}">${heading}</h1></#if>
<#nested>
</td></tr>
<tr><td class="m-soft" style="padding:20px 28px 8px;font-size:13px;line-height:1.5;color:${properties.mailInkSoft!}">${msg("mailFooter", brand, support)}<br>${properties.brandLegal!brand}</td></tr>
</table>
<!--[if mso]></td></tr></table><![endif]-->
</td></tr></table>
</body>
</html>
</#macro>
<#macro letter subject text link="" button="">
<@emailLayout heading=subject preheader=text?split("\n\n")?first>
<p style="margin:0 0 14px">${greeting()}</p>
<#list text?split("\n\n") as part>
<#if link?has_content && part?trim == link>
<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin:0 0 18px"><tr><td align="center" bgcolor="${properties.mailBrand!}" style="background:${properties.mailBrand!};border-radius:${properties.mailRadiusButton!};mso-padding-alt:14px 28px"><a href="${part?trim}" style="display:inline-block;padding:14px 28px;color:${properties.mailOnBrand!};font-weight:600;text-decoration:none;border-radius:${properties.mailRadiusButton!}">${button}</a></td></tr></table>
<p class="m-soft" style="margin:0 0 14px;font-size:13px;color:${properties.mailInkSoft!}">${msg("mailLinkFallback")}<br><span style="word-break:break-all">${part?trim}</span></p>
<#elseif part?is_last && !part?is_first>
<table role="presentation" class="m-box" width="100%" cellpadding="0" cellspacing="0" border="0" style="margin:24px 0 0;background:${properties.mailSurfaceSoft!};border:1px solid ${properties.mailLine!};border-radius:${properties.mailRadiusM!}"><tr><td style="padding:14px 18px;font-size:15px">${part?trim}</td></tr></table>
<#else>
<p style="margin:0 0 14px">${part?trim}</p>
</#if>
</#list>
</@emailLayout>
</#macro>
