<#-- What the passkey pages share. The browser's part is js/passkeys.js, fed from data attributes: no script stands in a page. -->

<#-- Passkeys are a feature of the browser that only scripts reach. The button appears with the script. -->
<#macro scriptsNeeded>
  <@script />
  <noscript><div class="ac-alert ac-alert--warning" role="status"><p>${msg("passkeyNeedsScripts")}</p></div></noscript>
</#macro>

<#macro script>
  <script type="module" src="${url.resourcesPath}/js/passkeys.js"></script>
</#macro>

<#-- The form that carries a passkey's answer to Keycloak. "mediation" is set where the browser offers passkeys in the username field. -->
<#macro answer mediation="">
  <form id="webauth" class="ac-form" action="${url.loginAction}" method="post" data-ac-passkey="use"
    data-ac-challenge="${challenge}" data-ac-rp-id="${rpId}" data-ac-user-verification="${userVerification}"
    data-ac-timeout="${createTimeout?c}" data-ac-unsupported="${msg('webauthn-unsupported-browser-text')}"
    data-ac-identified="${isUserIdentified}"<#if mediation?has_content> data-ac-mediation="${mediation}"</#if>>
    <#list ["clientDataJSON", "authenticatorData", "signature", "credentialId", "userHandle", "error"] as name>
      <input type="hidden" name="${name}">
    </#list>
    <#nested>
  </form>
</#macro>

<#-- The passkeys of the account: the browser is told of all, the customer where it is known whose they are. -->
<#macro known keys shown>
  <#list keys as key><span data-ac-known-passkey="${key.credentialId}" hidden></span></#list>
  <#if shown && keys?has_content>
    <section class="ac-passkeys" aria-labelledby="passkeys-title">
      <h2 class="ac-overline" id="passkeys-title">${msg("webauthn-available-authenticators")}</h2>
      <ul class="ac-passkeys__list">
        <#list keys as key>
          <li id="kc-webauthn-authenticator-item-${key?index}">
            <strong id="kc-webauthn-authenticator-label-${key?index}">${key.label}</strong>
            <span class="ac-muted">${msg("webauthn-createdAt-label")} ${key.createdAt}</span>
          </li>
        </#list>
      </ul>
    </section>
  </#if>
</#macro>
