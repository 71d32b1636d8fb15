<#import "template.ftl" as layout>
<#import "area.ftl" as area>
<#assign assistance = area.portal("assistenza")>
<@layout.registrationLayout displayMessage=false outcome="phone"; section>
<!-- template: sms-no-number.ftl -->
  <#if section = "header">
    ${msg("smsNoNumberTitle")}
  <#elseif section = "form">
    <p class="ac-lead">${msg("smsNoNumberLead")}</p>
    <p>${msg("smsNoNumberWhatNext", area.turnTo())}</p>
    <p>${msg("smsNoNumberThen")}<#if area.portal()?has_content> <a id="recover-credentials" href="${area.portal('recupero')}">${msg("accountInactiveAction")}</a></#if></p>
    <div class="ac-actions">
      <#if assistance?has_content><a class="btn btn-primary" id="assistance" href="${assistance}">${msg("askAssistance")}</a></#if>
      <a class="btn btn-link" id="restart" href="${url.loginRestartFlowUrl}">${msg("backToSignIn")}</a>
    </div>
  </#if>
</@layout.registrationLayout>
