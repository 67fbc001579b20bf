using System.Collections.Immutable;
using SsMfar.ConsoleApp.Pages;

namespace SsMfar.ConsoleApp.Ablation;

/// <summary>The ablation as an HTML page. It says nothing about time, so that equal runs give equal pages.</summary>
internal static class AblationPage
{
    public static string Write(
        ImmutableArray<AblationTable> tables,
        ImmutableArray<AblationComparison> comparisons,
        AblationArguments arguments) =>
        ConsolePages.Render("ablation", new AblationView(tables, comparisons, arguments));
}
