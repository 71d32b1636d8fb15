<#import "template.ftl" as layout>
<#import "password-commons.ftl" as passwordCommons>
<#import "password-fields.ftl" as fields>
<@layout.registrationLayout displayMessage=(message?? && message.type == "error" && !messagesPerField.existsError("password", "password-new", "password-confirm")); section>
<!-- template: login-update-password.ftl -->
  <#if section = "header">
    ${msg("updatePasswordTitle")}
  <#elseif section = "form">
    <p class="ac-lead">${msg("updatePasswordLead")}</p>
    <form id="kc-passwd-update-form" class="ac-form" action="${url.loginAction}" method="post" data-ac-once>
      <#-- So that password managers know whose password it is. -->
      <input type="text" autocomplete="username" value="${(auth.attemptedUsername)!''}" readonly hidden>
      <@fields.newPassword labelNew=msg("passwordNew") labelConfirm=msg("passwordConfirm") />
      <@passwordCommons.logoutOtherSessions />
      <div class="ac-actions">
        <button class="btn btn-primary" id="kc-submit" name="login">${msg("savePassword")}</button>
        <#if isAppInitiatedAction??>
          <button class="btn btn-secondary" id="kc-cancel" name="cancel-aia" value="true" formnovalidate>${msg("doCancel")}</button>
        </#if>
      </div>
    </form>
  </#if>
</@layout.registrationLayout>
