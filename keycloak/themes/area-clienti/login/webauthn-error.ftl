<#import "template.ftl" as layout>
<@layout.registrationLayout outcome="warning"; section>
<!-- template: webauthn-error.ftl -->
  <#if section = "header">
    ${msg("webauthn-error-title")}
  <#elseif section = "form">
    <p>${msg("passkeyErrorWhatNext")}</p>
    <form id="kc-error-credential-form" class="ac-form" action="${url.loginAction}" method="post" data-ac-once>
      <input type="hidden" name="authenticationExecution" value="${execution}">
      <input type="hidden" name="isSetRetry" value="retry">
      <div class="ac-actions"><button class="btn btn-primary" id="kc-try-again">${msg("tryAgain")}</button></div>
    </form>
    <#if isAppInitiatedAction??>
      <form action="${url.loginAction}" class="ac-form" id="kc-webauthn-settings-form" method="post">
        <div class="ac-actions"><button class="btn btn-secondary" id="cancelWebAuthnAIA" name="cancel-aia" value="true">${msg("doCancel")}</button></div>
      </form>
    </#if>
  </#if>
</@layout.registrationLayout>
