<#import "webauthn.ftl" as webauthn>
<#-- Passkeys on the sign-in page, where the realm's policy turns them on: in the username field, and by a button. -->
<#macro conditionalUIData>
  <#if enableWebAuthnConditionalUI?has_content>
    <@webauthn.script />
    <@webauthn.answer mediation=(mediation!"conditional")>
      <#if authenticators??><@webauthn.known keys=authenticators.authenticators shown=false /></#if>
      <button class="btn btn-secondary w-100" id="authenticateWebAuthnButton" type="button" data-ac-passkey-start hidden>${msg("webauthn-doAuthenticate")}</button>
    </@webauthn.answer>
  </#if>
</#macro>
