using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Fluid;

namespace SsMfar.Reports.Pages;

/// <summary>
/// HTML pages from Liquid templates: those of an assembly, which may render the parts that are here. Values are encoded; only what a
/// template marks as raw, the drawn charts, is not. A page needs nothing beside itself: styles, drawings and pictures are inside.
/// </summary>
internal sealed class PageTemplate
{
    private static readonly FluidParser Parser = new();

    // Letters of all scripts stay as they are.
    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    private readonly ConcurrentDictionary<string, IFluidTemplate> _templates = new(StringComparer.Ordinal);
    private readonly TemplateFiles _files;
    private readonly TemplateOptions _options;

    /// <summary>Makes the pages of an assembly.</summary>
    /// <param name="assembly">Whose resources the templates are, named <c>NAME.liquid</c>.</param>
    public PageTemplate(Assembly assembly)
    {
        _files = new(assembly, typeof(PageTemplate).Assembly);

        // A name that a template gets wrong fails, and so does null: what is not there is an empty text or list.
        _options = new()
        {
            FileProvider = _files,
            MemberAccessStrategy = new UnsafeMemberAccessStrategy { MemberNameStrategy = MemberNameStrategies.CamelCase },
            CultureInfo = CultureInfo.InvariantCulture,
            StrictVariables = true,
            StrictFilters = true,
        };
    }

    /// <summary>Gets the pages of this package.</summary>
    public static PageTemplate Own { get; } = new(typeof(PageTemplate).Assembly);

    /// <summary>Fills a template.</summary>
    /// <param name="name">The template's name.</param>
    /// <param name="model">The object whose properties it shows.</param>
    public string Render(string name, object model) =>
        _templates.GetOrAdd(name, Parse).Render(new TemplateContext(model, _options), Encoder);

    private IFluidTemplate Parse(string name)
    {
        using Stream stream = _files.GetFileInfo($"{name}.liquid").CreateReadStream();
        using StreamReader reader = new(stream);
        return Parser.Parse(reader.ReadToEnd());
    }
}
