<#import "template.ftl" as layout>
<@layout.registrationLayout displayInfo=false; section>
<!-- template: select-authenticator.ftl -->
  <#if section = "header">
    ${msg("loginChooseAuthenticator")}
  <#elseif section = "form">
    <form id="kc-select-credential-form" class="ac-form" action="${url.loginAction}" method="post" data-ac-once>
      <div class="ac-choices">
        <#list auth.authenticationSelections as selection>
          <button class="ac-choice" name="authenticationExecution" value="${selection.authExecId}">
            <span class="ac-choice__text">${msg("${selection.displayName}")} <span class="ac-choice__note">${msg("${selection.helpText}")}</span></span>
          </button>
        </#list>
      </div>
    </form>
  </#if>
</@layout.registrationLayout>
