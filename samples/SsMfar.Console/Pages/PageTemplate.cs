using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Fluid;
using Microsoft.Extensions.FileProviders;

namespace SsMfar.ConsoleApp.Pages;

/// <summary>
/// HTML pages from the Liquid templates in this assembly. Values are encoded; only what a template marks as raw, the drawn charts, is not.
/// A page needs nothing beside itself: styles, drawings and pictures are inside.
/// </summary>
internal static class PageTemplate
{
    private static readonly FluidParser Parser = new();

    private static readonly EmbeddedFileProvider Files = new(typeof(PageTemplate).Assembly, typeof(PageTemplate).Namespace);

    private static readonly ConcurrentDictionary<string, IFluidTemplate> Templates = new(StringComparer.Ordinal);

    // Letters of all scripts stay as they are.
    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    // A name that a template gets wrong fails, and so does null: what is not there is an empty text or list.
    private static readonly TemplateOptions Options = new()
    {
        FileProvider = Files,
        MemberAccessStrategy = new UnsafeMemberAccessStrategy { MemberNameStrategy = MemberNameStrategies.CamelCase },
        CultureInfo = CultureInfo.InvariantCulture,
        StrictVariables = true,
        StrictFilters = true,
    };

    /// <summary>Fills a template.</summary>
    /// <param name="name">The template's name.</param>
    /// <param name="model">The object whose properties it shows.</param>
    public static string Render(string name, object model) =>
        Templates.GetOrAdd(name, Parse).Render(new TemplateContext(model, Options), Encoder);

    private static IFluidTemplate Parse(string name)
    {
        using Stream stream = Files.GetFileInfo($"{name}.liquid").CreateReadStream();
        using StreamReader reader = new(stream);
        return Parser.Parse(reader.ReadToEnd());
    }
}
