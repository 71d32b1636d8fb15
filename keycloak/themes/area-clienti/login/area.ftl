<#-- What several pages of ours share: addresses of the portal, times and amounts as people say them, help. -->

<#-- Address of a page of the brand's portal; empty while no portal is configured. With "back" it names the app whose sign-in
     this is, to which the portal then leads back at the end; the portal knows which apps there are. -->
<#function portal path="" back=false>
  <#local base = (properties.portalUrl!"")?trim>
  <#if base?starts_with("http") && realm?? && (realm.name!"")?has_content>
    <#local app = (back && client?? && (client.clientId!"portal") != "portal")?then("?app=" + client.clientId?url("UTF-8"), "")>
    <#return base?remove_ending("/") + "/" + realm.name + "/" + path + app>
  </#if>
  <#return "">
</#function>

<#-- The brand as people call it. -->
<#function brandName><#return properties.brandName!""></#function>

<#-- Whom a customer is sent to, as it reads after «contatta» / "contact". -->
<#function turnTo><#return properties["support_" + (lang!"it")]!properties.support_it!""></#function>

<#-- Whether this sign-in is a colleague's (consoles, operators) and not a customer's. -->
<#function forStaff>
  <#return client?? && (properties.staffClients!"")?split(" ")?seq_contains(client.clientId!"")>
</#function>

<#-- A number from an attribute that may be a number, a text or missing. -->
<#function number value fallback>
  <#if value?is_number><#return value></#if>
  <#attempt><#return value?number><#recover><#return fallback></#attempt>
</#function>

<#-- 45 -> 45 secondi, 120 -> 2 minuti, 172800 -> 48 ore. -->
<#function duration seconds>
  <#if seconds % 3600 == 0>
    <#local unit = "Hour" count = seconds / 3600>
  <#elseif seconds % 60 == 0>
    <#local unit = "Minute" count = seconds / 60>
  <#else>
    <#local unit = "Second" count = seconds>
  </#if>
  <#return msg("duration" + unit + (count == 1)?then("", "s"), count?c)>
</#function>

<#-- A decimal text such as 1250.5 as the page's language writes euros; what is no number stays as it is. -->
<#function euro amount>
  <#setting locale=((lang!"it") == "en")?then("en_GB", "it_IT")>
  <#attempt>
    <#return msg("amountEuro", (amount?is_number?then(amount, amount?string?number))?string[",##0.00"])>
  <#recover>
    <#return amount>
  </#attempt>
</#function>

<#macro help question>
  <details class="ac-help">
    <summary>${question}</summary>
    <div class="ac-help__body"><#nested></div>
  </details>
</#macro>

<#macro assistanceLink>
  <#local address = portal("assistenza")>
  <#if address?has_content><p><a href="${address}">${msg("askAssistance")}</a></p></#if>
</#macro>
