<#import "template.ftl" as layout>
<#import "area.ftl" as area>
<#import "field.ftl" as field>
<#import "social-providers.ftl" as identityProviders>
<#import "passkeys.ftl" as passkeys>
<#assign staff = area.forStaff()>
<#assign registration = staff?then("", area.portal("registrazione", true))>
<#assign recovery = staff?then("", area.portal("recupero", true))>
<@layout.registrationLayout displayMessage=!messagesPerField.existsError("username", "password") displayInfo=(registration?has_content || (staff && area.portal()?has_content)); section>
<!-- template: login.ftl -->
  <#if section = "header">
    ${msg("signInTitle")}
  <#elseif section = "form">
    <#if realm.password>
      <p class="ac-lead">${staff?then(msg("staffLead"), msg("signInLead"))}</p>
      <form id="kc-form-login" class="ac-form" action="${url.loginAction}" method="post" data-ac-once>
        <#if !usernameHidden??>
          <@field.input name="username" label=staff?then(msg("username"), msg("signInIdentifier")) value=(login.username!"") autofocus=true
            error=messagesPerField.getFirstError("username", "password")
            autocomplete=(enableWebAuthnConditionalUI?has_content)?then("username webauthn", "username") />
        </#if>
        <@field.password name="password" label=msg("password") error="" autofocus=usernameHidden?? autocomplete="current-password"
          invalid=messagesPerField.existsError("username", "password") />
        <div class="ac-form-row">
          <#if realm.rememberMe && !usernameHidden?? && !staff>
            <label class="ac-check" for="rememberMe">
              <input type="checkbox" id="rememberMe" name="rememberMe" <#if login.rememberMe??>checked</#if>> <span>${msg("rememberMe")}</span>
            </label>
          </#if>
          <#if recovery?has_content><a id="recover-credentials" href="${recovery}">${msg("recoverCredentials")}</a></#if>
        </div>
        <input type="hidden" id="id-hidden-input" name="credentialId" value="${(auth.selectedCredential)!''}">
        <div class="ac-actions">
          <button class="btn btn-primary" id="kc-login" name="login">${msg("signInAction")}</button>
        </div>
      </form>
    </#if>
    <@passkeys.conditionalUIData />
  <#elseif section = "socialProviders">
    <#if realm.password && social?? && social.providers?has_content><@identityProviders.show social=social /></#if>
  <#elseif section = "info">
    <#if staff>
      ${msg("staffNotYou")} <a id="customers" href="${area.portal()}">${msg("staffNotYouAction")}</a>
    <#else>
      ${msg("notRegisteredYet")} <a id="register" href="${registration}">${msg("registerAction")}</a>
    </#if>
  </#if>
</@layout.registrationLayout>
