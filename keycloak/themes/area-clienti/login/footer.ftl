<#import "area.ftl" as area>
<#-- Help and privacy, on the portal. -->
<#macro content>
  <#if area.portal()?has_content>
    <ul class="ac-footer__links">
      <li><a href="${area.portal('assistenza')}">${msg("footerHelp")}</a></li>
      <li><a href="${area.portal('privacy')}">${msg("footerPrivacy")}</a></li>
    </ul>
  </#if>
</#macro>
