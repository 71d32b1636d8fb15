<#import "template.ftl" as layout>
<@layout.registrationLayout displayMessage=false outcome="warning"; section>
<!-- template: login-page-expired.ftl -->
  <#if section = "header">
    ${msg("pageExpiredTitle")}
  <#elseif section = "form">
    <p class="ac-lead" id="instruction1">${msg("pageExpiredLead")}</p>
    <div class="ac-actions">
      <a class="btn btn-primary" id="loginContinueLink" href="${url.loginAction}">${msg("pageExpiredContinue")}</a>
      <a class="btn btn-secondary" id="loginRestartLink" href="${url.loginRestartFlowUrl}">${msg("pageExpiredRestart")}</a>
    </div>
  </#if>
</@layout.registrationLayout>
