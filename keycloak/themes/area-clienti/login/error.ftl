<#import "template.ftl" as layout>
<#import "area.ftl" as area>
<@layout.registrationLayout displayMessage=false outcome="danger"; section>
<!-- template: error.ftl -->
  <#if section = "header">
    ${msg("errorPageTitle")}
  <#elseif section = "form">
    <div id="kc-error-message">
      <p class="ac-lead instruction">${kcSanitize(message.summary)?no_esc}</p>
      <#if traceId??><p class="ac-hint" id="traceId">${msg("traceIdSupportMessage", traceId)}</p></#if>
      <#if !skipLink??>
        <#-- A staff page would only refuse a customer once more. -->
        <#assign back = area.forStaff()?then("", (client.baseUrl)!"")>
        <div class="ac-actions">
          <#if back?has_content>
            <a class="btn btn-primary" id="backToApplication" href="${back}">${msg("backToApplication")}</a>
          <#elseif area.portal()?has_content>
            <a class="btn btn-primary" id="backToPortal" href="${area.portal()}">${msg("backToArea")}</a>
          </#if>
        </div>
      </#if>
    </div>
  </#if>
</@layout.registrationLayout>
