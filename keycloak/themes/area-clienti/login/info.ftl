<#import "template.ftl" as layout>
<#import "area.ftl" as area>
<#-- With an action to go on to, the page asks; without one, it tells that something is done. -->
<#assign asks = requiredActions?? || (actionUri?has_content && message.type != "success")>
<@layout.registrationLayout displayMessage=false outcome=asks?then("info", "success"); section>
<!-- template: info.ftl -->
  <#if section = "header">
    <#if messageHeader??>${kcSanitize(msg("${messageHeader}"))?no_esc}<#else>${asks?then(msg("infoAskTitle"), msg("infoDoneTitle"))}</#if>
  <#elseif section = "form">
    <div id="kc-info-message">
      <p class="ac-lead instruction">${kcSanitize(message.summary)?no_esc}<#if requiredActions??><#list requiredActions>: <b><#items as reqActionItem>${kcSanitize(msg("requiredAction.${reqActionItem}"))?no_esc}<#sep>, </#items></b></#list></#if></p>
      <#if !skipLink??>
        <div class="ac-actions">
          <#if pageRedirectUri?has_content>
            <a class="btn btn-primary" href="${pageRedirectUri}">${msg("continueAction")}</a>
          <#elseif actionUri?has_content>
            <a class="btn btn-primary" href="${actionUri}">${msg("continueAction")}</a>
          <#elseif (client.baseUrl)?has_content && !area.forStaff()>
            <a class="btn btn-primary" href="${client.baseUrl}">${msg("backToApplication")}</a>
          <#elseif area.portal()?has_content>
            <a class="btn btn-primary" href="${area.portal()}">${msg("backToArea")}</a>
          </#if>
        </div>
      <#elseif !asks && area.portal()?has_content>
        <#-- Keycloak knows no way on (signed out, for example); the portal's front door is always one. -->
        <div class="ac-actions"><a class="btn btn-primary" id="backToPortal" href="${area.portal()}">${msg("backToArea")}</a></div>
      </#if>
    </div>
  </#if>
</@layout.registrationLayout>
