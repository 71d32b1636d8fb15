<#import "footer.ftl" as pageFooter>
<#import "area.ftl" as area>
<#import "theme-resources.ftl" as themeResourceTags>
<#-- A page of Keycloak: the contract of keycloak.v2's macro (sections header, show-username, form, socialProviders, info),
     in the shell that the portal shares (keycloak/themes/README.md). "outcome" puts a sign over the title. -->
<#macro registrationLayout bodyClass="" displayInfo=false displayMessage=true displayRequiredFields=false outcome="">
<#local heading><#nested "header"></#local>
<#local plainHeading = heading?markup_string?replace("<[^>]*>", "", "r")?trim>
<#local areaName = msg("areaName", area.brandName())>
<!DOCTYPE html>
<html lang="${lang!'it'}"<#if locale?? && (locale.rtl)!false> dir="rtl"</#if>>
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light">
  <meta name="robots" content="noindex, nofollow">
  <title><#if plainHeading?has_content>${plainHeading?no_esc} – </#if>${areaName}</title>
  <link rel="icon" type="image/svg+xml" href="${url.resourcesPath}/img/mark.svg">
  <#if themeResources?? && themeResources.styles?has_content>
    <@themeResourceTags.renderStyles themeResources.styles url.resourcesPath />
  <#elseif properties.styles?has_content>
    <#list properties.styles?split(" ") as style>
      <link href="${url.resourcesPath}/${style}" rel="stylesheet">
    </#list>
  </#if>
  <#if scripts??>
    <#list scripts as script>
      <script src="${script}"></script>
    </#list>
  </#if>
  <script type="module" src="${url.resourcesPath}/js/area-clienti.js"></script>
  <script type="module" src="${url.resourcesPath}/js/keycloak-session.js"></script>
</head>
<body class="${properties.kcBodyClass!}<#if bodyClass?has_content> ${bodyClass}</#if>" data-page-id="login-${pageId!''}"
  data-ac-sso-url="${(url.ssoLoginInOtherTabsUrl)!''}"<#if authenticationSession??> data-ac-auth-session="${authenticationSession.authSessionIdHash}"</#if>>
  <a class="ac-skip" href="#contenuto">${msg("skipToContent")}</a>
  <header class="ac-header">
    <div class="ac-header__inner">
      <@brand />
      <@languages />
    </div>
  </header>
  <main class="${properties.kcLoginMain!}" id="contenuto" tabindex="-1">
    <section class="${properties.kcFormCardClass!}" aria-labelledby="kc-page-title">
      <#if outcome?has_content><div class="ac-outcome ac-outcome--${outcome}" aria-hidden="true"></div></#if>
      <h1 class="${properties.kcLoginMainTitle!}" id="kc-page-title">${heading}</h1>

      <#if displayRequiredFields><p class="ac-hint"><span class="ac-required">*</span> ${msg("requiredFields")}</p></#if>
      <#if auth?has_content && auth.showUsername() && !auth.showResetCredentials()>
        <#nested "show-username">
        <p class="ac-lead">${msg(((purpose!"") == "operation")?then("signedInAs", "signingInAs"))} <strong id="kc-attempted-username">${shownUsername!auth.attemptedUsername}</strong>
          <a id="reset-login" href="${url.loginRestartFlowUrl}">${msg("notYou")}</a></p>
      </#if>

      <#-- An action of the account page is not announced as something the sign-in still wants. -->
      <#if displayMessage && message?has_content && (message.type != "warning" || !isAppInitiatedAction??)>
        <div class="${properties.kcAlertClass!} ac-alert--${message.type}" role="${(message.type == 'error')?then('alert', 'status')}">
          <p class="kc-feedback-text">${kcSanitize(message.summary)?no_esc}</p>
        </div>
      </#if>

      <#nested "form">

      <#if auth?has_content && auth.showTryAnotherWayLink()>
        <form id="kc-select-try-another-way-form" action="${url.loginAction}" method="post">
          <button class="btn btn-link w-100" id="try-another-way" name="tryAnotherWay" value="on">${msg("doTryAnotherWay")}</button>
        </form>
      </#if>
      <#if switchOrganizationEnabled?? && switchOrganizationEnabled>
        <form id="kc-switch-organization-form" action="${url.loginAction}" method="post">
          <button class="btn btn-link w-100" id="switch-organization" name="switchOrganization" value="true">${msg("doSwitchOrganization")}</button>
        </form>
      </#if>

      <#nested "socialProviders">
      <#if displayInfo><div id="kc-info" class="ac-foot"><#nested "info"></div></#if>
    </section>
  </main>
  <footer class="ac-footer">
    <div class="ac-footer__inner">
      <span>${properties.brandLegal!areaName}</span>
      <@pageFooter.content />
    </div>
  </footer>
</body>
</html>
</#macro>

<#macro brand>
  <#local home = area.portal()>
  <${home?has_content?then("a", "span")} class="ac-brand"<#if home?has_content> href="${home}"</#if>>
    <img class="ac-brand__mark" src="${url.resourcesPath}/img/mark.svg" alt="" width="36" height="36">
    <span class="ac-brand__name">${area.brandName()}</span>
    <span class="ac-brand__area">${msg("customerArea")}</span>
  </${home?has_content?then("a", "span")}>
</#macro>

<#macro languages>
  <#if realm?? && (realm.internationalizationEnabled)!false && locale?? && locale.supported?size gt 1>
    <nav class="ac-lang" aria-label="${msg('languages')}">
      <#-- Italian first: the labels happen to sort the other way round. -->
      <#list locale.supported?sort_by("languageTag")?reverse as l>
        <#if l.languageTag == locale.currentLanguageTag>
          <span lang="${l.languageTag}" aria-current="true">${l.label}</span>
        <#else>
          <a lang="${l.languageTag}" hreflang="${l.languageTag}" href="${l.url}">${l.label}</a>
        </#if>
      </#list>
    </nav>
  </#if>
</#macro>
