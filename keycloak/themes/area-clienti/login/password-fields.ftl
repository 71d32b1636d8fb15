<#import "field.ftl" as field>
<#-- A new password, typed twice, with the four checks of the password policy: a list to read without scripts,
     ticked as the customer types with them. -->
<#macro newPassword labelNew labelConfirm>
  <@field.password name="password-new" label=labelNew autocomplete="new-password" autofocus=true fieldName="password"
    error=messagesPerField.getFirstError("password-new", "password")!"" otherError="password-confirm" />
  <ul class="ac-checks" id="password-checks" data-ac-password-checks="password-new" data-ac-status="password-status"
    data-ac-missing="${msg('passwordChecksMissing')}" data-ac-complete="${msg('passwordChecksComplete')}">
    <li data-ac-check="length">${msg("passwordCheckLength")}</li>
    <li data-ac-check="lower">${msg("passwordCheckLower")}</li>
    <li data-ac-check="upper">${msg("passwordCheckUpper")}</li>
    <li data-ac-check="digit">${msg("passwordCheckDigit")}</li>
  </ul>
  <p class="ac-visually-hidden" id="password-status" role="status" aria-live="polite"></p>
  <@field.password name="password-confirm" label=labelConfirm autocomplete="new-password" />
</#macro>
