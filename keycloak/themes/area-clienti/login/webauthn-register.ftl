<#import "template.ftl" as layout>
<#import "webauthn.ftl" as webauthn>
<#import "password-commons.ftl" as passwordCommons>
<@layout.registrationLayout; section>
<!-- template: webauthn-register.ftl -->
  <#if section = "header">
    ${msg("webauthn-registration-title")}
  <#elseif section = "form">
    <p class="ac-lead">${msg("passkeyRegisterLead")}</p>
    <@webauthn.scriptsNeeded />
    <form id="register" class="ac-form" action="${url.loginAction}" method="post" data-ac-passkey="make"
      data-ac-challenge="${challenge}" data-ac-user-id="${userid}" data-ac-username="${username}"
      data-ac-algorithms="<#list signatureAlgorithms as algorithm>${algorithm?c}<#sep> </#list>"
      data-ac-rp-name="${rpEntityName}" data-ac-rp-id="${rpId}" data-ac-attestation="${attestationConveyancePreference}"
      data-ac-attachment="${authenticatorAttachment}" data-ac-resident-key="${residentKey}" data-ac-require-resident-key="${requireResidentKey}"
      data-ac-user-verification="${userVerificationRequirement}" data-ac-timeout="${createTimeout?c}"
      data-ac-exclude="${excludeCredentialIds}" data-ac-unsupported="${msg('webauthn-unsupported-browser-text')}">
      <#list ["clientDataJSON", "attestationObject", "publicKeyCredentialId", "transports", "authenticatorAttachment", "error"] as name>
        <input type="hidden" name="${name}">
      </#list>
      <div class="ac-field">
        <label class="ac-label" for="authenticatorLabel">${msg("passkeyName")}</label>
        <p class="ac-hint" id="authenticatorLabel-hint">${msg("passkeyNameHint")}</p>
        <input class="form-control" id="authenticatorLabel" name="authenticatorLabel" type="text" maxlength="60" autocomplete="off"
          value="${msg('passkeyNameDefault')}" aria-describedby="authenticatorLabel-hint">
      </div>
      <@passwordCommons.logoutOtherSessions />
      <div class="ac-actions">
        <button class="btn btn-primary" id="registerWebAuthn" type="button" data-ac-passkey-start hidden>${msg("doRegisterSecurityKey")}</button>
        <#if !isSetRetry?has_content && isAppInitiatedAction?has_content>
          <button class="btn btn-secondary" id="cancelWebAuthnAIA" name="cancel-aia" value="true" formnovalidate>${msg("doCancel")}</button>
        </#if>
      </div>
    </form>
  </#if>
</@layout.registrationLayout>
