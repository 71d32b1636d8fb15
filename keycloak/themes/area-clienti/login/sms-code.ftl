<#import "template.ftl" as layout>
<#import "area.ftl" as area>
<#-- From the authenticator, each may be missing: maskedTo, resendAfter and expiresIn (seconds), purpose, operationText,
     operationAmount (decimal text, euro), attempts (how many are left). -->
<#assign wait = area.number(resendAfter!0, 0)>
<#assign validity = area.number(expiresIn!0, 0)>
<#assign spent = attempts?? && area.number(attempts!1, 1) lte 0>
<#assign codeError = messagesPerField.getFirstError("code")!"">
<@layout.registrationLayout displayMessage=!messagesPerField.existsError("code"); section>
<!-- template: sms-code.ftl -->
  <#if section = "header">
    ${msg("smsCodeTitle")}
  <#elseif section = "form">
    <p class="ac-lead">
      <#if (purpose!"access") == "operation">${msg("smsCodeLeadOperation")}<#else>${msg("smsCodeLeadAccess")}</#if>
      <#if maskedTo?has_content>${msg("smsCodeSentTo")} <strong>${maskedTo}</strong>.<#else>${msg("smsCodeSent")}</#if>
    </p>
    <#if operationText?has_content>
      <dl class="ac-operation">
        <dt>${msg("operationConfirming")}</dt>
        <dd id="operation-text">${operationText}</dd>
        <#if operationAmount?has_content>
          <dt>${msg("operationAmount")}</dt>
          <dd class="ac-amount" id="operation-amount">${area.euro(operationAmount)}</dd>
        </#if>
      </dl>
    </#if>
    <form id="sms-code-form" class="ac-form" action="${url.loginAction}" method="post" data-ac-once>
      <#if !spent>
        <div class="ac-field ac-field--code">
          <label class="ac-label" for="code">${msg("smsCodeLabel")}</label>
          <input class="form-control ac-code" id="code" name="code" type="text" inputmode="numeric" autocomplete="one-time-code"
            pattern="[0-9]{6}" maxlength="6" title="${msg('smsCodeFormat')}" required autofocus data-ac-code
            <#if codeError?has_content>aria-invalid="true"</#if>
            aria-describedby="<#if codeError?has_content>input-error-code </#if><#if validity gt 0>code-validity</#if>">
          <#if codeError?has_content><p class="ac-error" id="input-error-code" role="alert">${kcSanitize(codeError)?no_esc}</p></#if>
          <#if validity gt 0>
            <p class="ac-countdown" id="code-validity" data-ac-countdown="${validity?c}" data-ac-text="${msg('smsCodeValidFor', '{time}')}"
              data-ac-done="${msg('smsCodeTimeOver')}">${msg("smsCodeValidFor", area.duration(validity))}</p>
          </#if>
        </div>
      </#if>
      <div class="ac-actions">
        <#if !spent><button class="btn btn-primary" id="continue" name="continue" value="true">${msg("continueAction")}</button></#if>
        <button class="btn ${spent?then('btn-primary', 'btn-link')}" id="resend" name="resend" value="true" formnovalidate
          <#if wait gt 0>data-ac-wait="${wait?c}" data-ac-text="${msg('smsResendIn', '{time}')}"</#if>>${msg("smsResend")}</button>
      </div>
    </form>
    <@area.help question=msg("needHelp")>
      <ul>
        <li>${msg("smsHelpBlocked")}</li>
        <li>${msg("smsHelpAbroad", area.brandName())}</li>
        <li>${msg("smsHelpLatest")}</li>
      </ul>
      <@area.assistanceLink />
    </@area.help>
    <@area.help question=msg("numberUnknown")>
      <p>${msg("numberUnknownHelp", area.turnTo())}</p>
      <p>${msg("numberUnknownThen")}</p>
      <#if (properties.newMobileOffered!"") == "true" && area.portal()?has_content>
        <p><a id="add-contact" href="${area.portal('assistenza')}#cellulare">${msg("addContact")}</a></p>
      <#else>
        <@area.assistanceLink />
      </#if>
    </@area.help>
  </#if>
</@layout.registrationLayout>
