<#-- Form fields with the names and parameters of keycloak.v2's field.ftl, so that its pages use them unchanged. -->
<#macro group name label error="" required=false hint="" class="">
  <div class="ac-field<#if class?has_content> ${class}</#if>">
    <label for="${name}" class="ac-label">${label}<#if required> <span class="ac-required" aria-hidden="true">*</span></#if></label>
    <#if hint?has_content><p class="ac-hint" id="${name}-hint">${hint}</p></#if>
    <#nested>
    <div id="input-error-container-${name}">
      <#if error?has_content>
        <p class="ac-error" id="input-error-${name}">${kcSanitize(error)?no_esc}</p>
      </#if>
    </div>
  </div>
</#macro>

<#macro errorIcon error=""></#macro>

<#-- What every control says about its error. "invalid" marks a field whose message stands at another one; "otherError" names
     a later field whose message this one tells, too, because it is the one that has the focus. -->
<#macro state name error="" invalid=false hint="" otherError="">
  <#local told = (otherError?has_content && messagesPerField.existsError(otherError))?then(otherError, error?has_content?then(name, ""))>
  <#compress><#if told?has_content || invalid>aria-invalid="true"</#if>
  <#if told?has_content || hint?has_content>aria-describedby="<#if hint?has_content>${name}-hint </#if><#if told?has_content>input-error-${told}</#if>"</#if></#compress>
</#macro>

<#macro input name label value="" required=false autocomplete="off" fieldName=name error=messagesPerField.get(fieldName) autofocus=false hint="">
  <@group name=name label=label error=error required=required hint=hint>
    <input class="form-control" id="${name}" name="${name}" value="${value}" type="text" autocomplete="${autocomplete}"
      autocapitalize="none" spellcheck="false" <#if autofocus>autofocus</#if>
      <#if autocomplete == "one-time-code">inputmode="numeric"</#if> <@state name=name error=error hint=hint />>
  </@group>
</#macro>

<#macro password name label value="" required=false forgotPassword=false fieldName=name error=messagesPerField.get(fieldName) autocomplete="off" autofocus=false invalid=false hint="" otherError="">
  <@group name=name label=label error=error required=required hint=hint>
    <div class="ac-password">
      <input class="form-control" id="${name}" name="${name}" value="${value}" type="password" autocomplete="${autocomplete}"
        autocapitalize="none" spellcheck="false" <#if autofocus>autofocus</#if> <@state name=name error=error invalid=invalid hint=hint otherError=otherError />>
      <button class="ac-password__toggle" type="button" id="${name}-show-password" aria-controls="${name}" data-ac-password-toggle hidden
        aria-label="${msg('showPassword')}" data-ac-show="${msg('passwordShow')}" data-ac-hide="${msg('passwordHide')}"
        data-ac-show-label="${msg('showPassword')}" data-ac-hide-label="${msg('hidePassword')}">${msg("passwordShow")}</button>
    </div>
    <#nested>
    <#if forgotPassword><p class="ac-hint"><a href="${url.loginResetCredentialsUrl}">${msg("doForgotPassword")}</a></p></#if>
  </@group>
</#macro>

<#macro clipboard name label ariaLabel=label value="" readonly=true>
  <@group name=name label=label>
    <input class="form-control" id="${name}" name="${name}" value="${value}" type="text" <#if readonly>readonly</#if> aria-label="${ariaLabel}">
  </@group>
</#macro>

<#macro checkbox name label value=false required=false>
  <div class="ac-field ac-field--check">
    <label for="${name}" class="ac-check">
      <input type="checkbox" id="${name}" name="${name}" <#if value>checked</#if>>
      <span>${label}<#if required> <span class="ac-required" aria-hidden="true">*</span></#if></span>
    </label>
  </div>
</#macro>
