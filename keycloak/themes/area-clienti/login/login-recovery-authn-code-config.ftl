<#import "template.ftl" as layout>
<#import "password-commons.ftl" as passwordCommons>
<@layout.registrationLayout displayMessage=(message?? && message.type == "error"); section>
<!-- template: login-recovery-authn-code-config.ftl -->
  <#if section = "header">
    ${msg("recovery-code-config-header")}
  <#elseif section = "form">
    <#assign codes = recoveryAuthnCodesConfigBean>
    <div class="ac-alert ac-alert--warning" role="status">
      <p><strong class="ac-alert__title">${msg("recovery-code-config-warning-title")}</strong> ${msg("recovery-code-config-warning-message")}</p>
    </div>
    <script type="module" src="${url.resourcesPath}/js/keepsakes.js"></script>
    <ol class="ac-recovery-codes" id="kc-recovery-codes-list">
      <#list codes.generatedRecoveryAuthnCodesList as code><li>${code[0..3]}-${code[4..7]}-${code[8..]}</li></#list>
    </ol>
    <div class="ac-actions ac-actions--row">
      <button class="btn btn-secondary" id="printRecoveryCodes" type="button" data-ac-print hidden>${msg("recovery-codes-print")}</button>
      <button class="btn btn-secondary" id="copyRecoveryCodes" type="button" data-ac-copy="kc-recovery-codes-list" data-ac-copied="${msg('codesCopied')}" hidden>${msg("recovery-codes-copy")}</button>
    </div>
    <form class="ac-form ac-spaced" id="kc-recovery-codes-settings-form" action="${url.loginAction}" method="post" data-ac-once>
      <input type="hidden" name="generatedRecoveryAuthnCodes" value="${codes.generatedRecoveryAuthnCodesAsString}">
      <input type="hidden" name="generatedAt" value="${codes.generatedAt?c}">
      <input type="hidden" name="userLabel" value="${msg('recovery-codes-label-default')}">
      <div class="ac-field ac-field--check">
        <label class="ac-check"><input type="checkbox" id="kcRecoveryCodesConfirmationCheck" required><span>${msg("recovery-codes-confirmation-message")}</span></label>
      </div>
      <@passwordCommons.logoutOtherSessions />
      <div class="ac-actions">
        <button class="btn btn-primary" id="saveRecoveryAuthnCodesBtn">${msg("recovery-codes-action-complete")}</button>
        <#if isAppInitiatedAction??>
          <button class="btn btn-secondary" id="cancelRecoveryAuthnCodesBtn" name="cancel-aia" value="true" formnovalidate>${msg("doCancel")}</button>
        </#if>
      </div>
    </form>
  </#if>
</@layout.registrationLayout>
