using SsMfar.ConsoleApp.Pages;
using SsMfar.Data;
using SsMfar.Metrics;

namespace SsMfar.ConsoleApp.Tuning;

/// <summary>What tuning gave as an HTML page, with reliability diagrams.</summary>
internal static class TuningPage
{
    public static string Write(DecisionTuningResult tuning, ExpressionClassSet classes, TuningArguments arguments) =>
        ConsolePages.Render("tuning", new TuningView(tuning, classes, arguments));
}
