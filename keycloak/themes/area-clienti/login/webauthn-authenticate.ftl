<#import "template.ftl" as layout>
<#import "webauthn.ftl" as webauthn>
<@layout.registrationLayout; section>
<!-- template: webauthn-authenticate.ftl -->
  <#if section = "header">
    ${msg("webauthn-login-title")}
  <#elseif section = "form">
    <p class="ac-lead">${msg("passkeySignInLead")}</p>
    <@webauthn.scriptsNeeded />
    <@webauthn.answer>
      <#if authenticators??>
        <@webauthn.known keys=authenticators.authenticators shown=(shouldDisplayAuthenticators!false) />
      </#if>
      <div class="ac-actions">
        <button class="btn btn-primary" id="authenticateWebAuthnButton" type="button" data-ac-passkey-start autofocus hidden>${msg("webauthn-doAuthenticate")}</button>
      </div>
    </@webauthn.answer>
  </#if>
</@layout.registrationLayout>
