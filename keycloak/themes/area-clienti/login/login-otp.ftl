<#import "template.ftl" as layout>
<#assign otpError = messagesPerField.get("totp")!"">
<@layout.registrationLayout displayMessage=!messagesPerField.existsError("totp"); section>
<!-- template: login-otp.ftl -->
  <#if section = "header">
    ${msg("smsCodeTitle")}
  <#elseif section = "form">
    <p class="ac-lead">${msg("otpLead")}</p>
    <form id="kc-otp-login-form" class="ac-form" action="${url.loginAction}" method="post" data-ac-once>
      <#if otpLogin.userOtpCredentials?size gt 1>
        <fieldset class="ac-choices">
          <legend>${msg("otpDevice")}</legend>
          <#list otpLogin.userOtpCredentials as otpCredential>
            <label class="ac-choice" for="kc-otp-credential-${otpCredential?index}">
              <input type="radio" id="kc-otp-credential-${otpCredential?index}" name="selectedCredentialId" value="${otpCredential.id}"
                <#if otpCredential.id == (otpLogin.selectedCredentialId!"")>checked</#if>>
              <span class="ac-choice__text">${otpCredential.userLabel!""}</span>
            </label>
          </#list>
        </fieldset>
      <#else>
        <input type="hidden" name="selectedCredentialId" value="${otpLogin.selectedCredentialId!''}">
      </#if>
      <div class="ac-field ac-field--code">
        <label class="ac-label" for="otp">${msg("loginOtpOneTime")}</label>
        <input class="form-control ac-code" id="otp" name="otp" type="text" inputmode="numeric" autocomplete="one-time-code" required autofocus
          <#if otpError?has_content>aria-invalid="true" aria-describedby="input-error-otp"</#if>>
        <#if otpError?has_content><p class="ac-error" id="input-error-otp" role="alert">${kcSanitize(otpError)?no_esc}</p></#if>
      </div>
      <div class="ac-actions"><button class="btn btn-primary" id="kc-login" name="login">${msg("continueAction")}</button></div>
    </form>
  </#if>
</@layout.registrationLayout>
