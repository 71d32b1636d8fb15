<#import "template.ftl" as layout>
<#import "field.ftl" as field>
<@layout.registrationLayout displayMessage=!messagesPerField.existsError("recoveryCodeInput"); section>
<!-- template: login-recovery-authn-code-input.ftl -->
  <#if section = "header">
    ${msg("auth-recovery-code-header")}
  <#elseif section = "form">
    <form id="kc-recovery-code-login-form" class="ac-form" action="${url.loginAction}" method="post" data-ac-once>
      <@field.input name="recoveryCodeInput" label=msg("auth-recovery-code-prompt", recoveryAuthnCodesInputBean.codeNumber?c) autofocus=true />
      <div class="ac-actions"><button class="btn btn-primary" id="kc-login" name="login">${msg("continueAction")}</button></div>
    </form>
  </#if>
</@layout.registrationLayout>
