<#-- The frame of every message. Styles stand on the elements and colours are the brand's data (theme.properties of the
     email theme): mail programs read no style sheet of ours. -->
<#macro emailLayout>
<#local areaName = msg("areaName", properties.brandName!"")>
<!DOCTYPE html>
<html lang="${locale.language}" dir="${(ltr)?then('ltr','rtl')}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${areaName}</title></head>
<body style="margin:0;padding:0;background:${properties.mailPage!'#f4f4f4'};color:${properties.mailInk!'#222222'};font-family:Figtree,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;font-size:16px;line-height:1.55">
  <table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0">
    <tr><td align="center" style="padding:24px 12px">
      <table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:560px">
        <tr><td style="padding:20px 28px;background:${properties.mailBrand!'#3d4852'};color:#ffffff;border-radius:14px 14px 0 0;font-size:20px;font-weight:700">${properties.brandName!""} <span style="font-weight:400;font-size:15px">&nbsp;${msg("customerArea")}</span></td></tr>
        <tr><td style="padding:28px;background:#ffffff;border-radius:0 0 14px 14px"><#nested></td></tr>
        <tr><td style="padding:20px 28px;font-size:13px;color:${properties.mailInkSoft!'#5c5c5c'}">${msg("mailFooter", properties.brandName!"")}</td></tr>
      </table>
    </td></tr>
  </table>
</body>
</html>
</#macro>
