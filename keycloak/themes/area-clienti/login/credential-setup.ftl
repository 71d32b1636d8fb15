<#import "template.ftl" as layout>
<#import "password-fields.ftl" as fields>
<#-- From the required action: setupContact (what the customer signs in with from now on) and setupPurpose (registration or recovery). -->
<#assign recovering = (setupPurpose!"registration") == "recovery">
<@layout.registrationLayout displayMessage=!messagesPerField.existsError("password", "password-new", "password-confirm"); section>
<!-- template: credential-setup.ftl -->
  <#if section = "header">
    ${recovering?then(msg("credentialSetupTitleRecovery"), msg("credentialSetupTitleRegistration"))}
  <#elseif section = "form">
    <p class="ac-lead">${recovering?then(msg("credentialSetupLeadRecovery"), msg("credentialSetupLeadRegistration"))}</p>
    <form id="credential-setup-form" class="ac-form" action="${url.loginAction}" method="post" data-ac-once>
      <#if setupContact?has_content>
        <#-- A read-only field, so that password managers keep the name with the password. -->
        <div class="ac-field">
          <label class="ac-label" for="username">${msg("credentialSetupUsername")}</label>
          <input class="form-control" id="username" type="text" value="${setupContact}" autocomplete="username" readonly>
        </div>
      </#if>
      <@fields.newPassword labelNew=msg("password") labelConfirm=msg("passwordConfirm") />
      <div class="ac-actions">
        <button class="btn btn-primary" id="kc-submit" name="save" value="true">${recovering?then(msg("credentialSetupActionRecovery"), msg("credentialSetupActionRegistration"))}</button>
      </div>
    </form>
  </#if>
</@layout.registrationLayout>
