<#import "template.ftl" as layout>
<#import "area.ftl" as area>
<#-- Shown to who has typed the right password of an account that a year without access has closed. -->
<#assign recovery = area.portal("recupero")>
<@layout.registrationLayout displayMessage=false outcome="info"; section>
<!-- template: account-inactive.ftl -->
  <#if section = "header">
    ${msg("accountInactiveTitle")}
  <#elseif section = "form">
    <p class="ac-lead">${msg("accountInactiveLead")}</p>
    <p>${msg("accountInactiveWhatNext")}</p>
    <div class="ac-actions">
      <#if recovery?has_content><a class="btn btn-primary" id="recover-credentials" href="${recovery}">${msg("accountInactiveAction")}</a></#if>
      <a class="btn btn-link" id="restart" href="${url.loginRestartFlowUrl}">${msg("backToSignIn")}</a>
    </div>
    <@area.help question=msg("needHelp")>
      <p>${msg("accountInactiveHelp", area.turnTo())}</p>
      <@area.assistanceLink />
    </@area.help>
  </#if>
</@layout.registrationLayout>
