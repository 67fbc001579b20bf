using System.CommandLine;
using System.Numerics;

namespace SsMfar.Campaigns.Shell;

/// <summary>Options that several campaigns have.</summary>
internal static class CampaignOptions
{
    /// <summary>What all draws follow from.</summary>
    public static Option<int> Seed() =>
        new("--seed") { HelpName = "N", Description = "What every draw follows from", DefaultValueFactory = _ => 1 };

    /// <summary>A number of at least 1.</summary>
    public static Option<T> Number<T>(string name, string description, T fallback)
        where T : INumber<T>
    {
        Option<T> option = new(name) { HelpName = "N", Description = description, DefaultValueFactory = _ => fallback };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<T>() is { } number && number < T.One)
            {
                result.AddError($"{name} must be at least 1.");
            }
        });
        return option;
    }
}
