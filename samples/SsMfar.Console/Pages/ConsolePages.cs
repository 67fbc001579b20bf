using SsMfar.Reports.Pages;

namespace SsMfar.ConsoleApp.Pages;

/// <summary>The program's own pages, from the templates in this assembly.</summary>
internal static class ConsolePages
{
    private static readonly PageTemplate Templates = new(typeof(ConsolePages).Assembly);

    /// <summary>Fills a template.</summary>
    /// <param name="name">The template's name.</param>
    /// <param name="model">The object whose properties it shows.</param>
    public static string Render(string name, object model) => Templates.Render(name, model);
}
