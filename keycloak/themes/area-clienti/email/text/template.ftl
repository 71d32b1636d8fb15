<#ftl output_format="plainText">
<#-- A letter as text; html/template.ftl writes the same one with the same arguments. -->
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
<#macro letter subject text link="" button="">
${subject}

${greeting()}
${text}

-- 
${msg("mailFooter", brand, support)}
${properties.brandLegal!brand}
</#macro>
