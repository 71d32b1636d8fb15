<#import "template.ftl" as layout>
<#import "area.ftl" as area>
<@layout.registrationLayout; section>
<!-- template: logout-confirm.ftl -->
  <#if section = "header">
    ${msg("logoutConfirmTitle")}
  <#elseif section = "form">
    <p class="ac-lead">${msg("logoutConfirmHeader")}</p>
    <form class="ac-form" action="${url.logoutConfirmAction}" method="post" data-ac-once>
      <input type="hidden" name="session_code" value="${logoutConfirm.code}">
      <div class="ac-actions">
        <button class="btn btn-primary" id="kc-logout" name="confirmLogout" value="true">${msg("doLogout")}</button>
        <#if !logoutConfirm.skipLink && (client.baseUrl)?has_content>
          <a class="btn btn-secondary" href="${client.baseUrl}">${msg("backToApplication")}</a>
        <#elseif area.portal()?has_content>
          <a class="btn btn-secondary" href="${area.portal()}">${msg("backToArea")}</a>
        </#if>
      </div>
    </form>
  </#if>
</@layout.registrationLayout>
