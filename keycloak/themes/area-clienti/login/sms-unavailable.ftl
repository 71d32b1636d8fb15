<#import "template.ftl" as layout>
<#import "area.ftl" as area>
<@layout.registrationLayout displayMessage=false outcome="warning"; section>
<!-- template: sms-unavailable.ftl -->
  <#if section = "header">
    ${msg("smsUnavailableTitle")}
  <#elseif section = "form">
    <p class="ac-lead" role="alert">${(message?has_content)?then(kcSanitize(message.summary)?no_esc, msg("smsUnavailable"))}</p>
    <p>${msg("smsUnavailableWhatNext")}</p>
    <form id="sms-retry-form" class="ac-form" action="${url.loginAction}" method="post" data-ac-once>
      <div class="ac-actions">
        <button class="btn btn-primary" id="retry" name="retry" value="true">${msg("tryAgain")}</button>
        <a class="btn btn-link" id="restart" href="${url.loginRestartFlowUrl}">${msg("backToSignIn")}</a>
      </div>
    </form>
  </#if>
</@layout.registrationLayout>
