<#import "template.ftl" as layout>
<@layout.registrationLayout displayMessage=false; section>
<!-- template: delete-credential.ftl -->
  <#if section = "header">
    ${msg("deleteCredentialTitle", credentialLabel)}
  <#elseif section = "form">
    <p class="ac-lead" id="kc-delete-text">${msg("deleteCredentialMessage", credentialLabel)}</p>
    <form class="ac-form" action="${url.loginAction}" method="post" data-ac-once>
      <div class="ac-actions">
        <button class="btn btn-primary" id="kc-accept" name="accept">${msg("doConfirmDelete")}</button>
        <button class="btn btn-secondary" id="kc-decline" name="cancel-aia" value="true">${msg("doCancel")}</button>
      </div>
    </form>
  </#if>
</@layout.registrationLayout>
