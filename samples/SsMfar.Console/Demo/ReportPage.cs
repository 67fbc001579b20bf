using SsMfar.ConsoleApp.Pages;

namespace SsMfar.ConsoleApp.Demo;

/// <summary>The demonstration as an HTML page.</summary>
internal static class ReportPage
{
    public static string Write(DemoResult result) => ConsolePages.Render("demonstration", new ReportView(result));
}
