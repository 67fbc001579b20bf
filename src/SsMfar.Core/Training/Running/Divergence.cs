using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Training;

/// <summary>Whether a run is still worth going on with, and worth keeping: asked before anything is reported or written.</summary>
internal static class Divergence
{
    private const string Remedy =
        $"Lower the learning rate, set {nameof(TrainingOptions.GradientClipNorm)}, or check a custom loss for empty masks.";

    /// <summary>Stops a run of which a loss is not finite.</summary>
    /// <param name="losses">Sums or means by name.</param>
    /// <param name="epoch">From 1.</param>
    /// <param name="step">How many steps of the epoch were taken.</param>
    /// <exception cref="TrainingDivergedException">One is not.</exception>
    public static void RefuseLosses(IEnumerable<KeyValuePair<string, double>> losses, int epoch, int step) =>
        Refuse([.. losses.Where(term => !double.IsFinite(term.Value)).Select(term => term.Key)], epoch, step);

    /// <summary>
    /// Stops a run of which a weight is not finite, as a gradient that is none makes it after a step whose loss still was one. Waits
    /// for the device.
    /// </summary>
    /// <param name="state">The model, and its average.</param>
    /// <param name="epoch">From 1.</param>
    /// <param name="step">How many steps of the epoch were taken.</param>
    /// <exception cref="TrainingDivergedException">One is not.</exception>
    public static void RefuseWeights(TrainingState state, int epoch, int step)
    {
        using var noGradient = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        List<string> names = [];
        List<torch.Tensor> sound = [];
        foreach (torch.nn.Module? module in new torch.nn.Module?[] { state.Model, state.AveragedModel, state.Balancing })
        {
            foreach ((string name, TorchSharp.Modules.Parameter parameter) in module?.named_parameters() ?? [])
            {
                names.Add(name);
                sound.Add(parameter.isfinite().all());
            }

            // A buffer of the user's own may hold an infinity to start a minimum from.
            foreach ((string name, torch.Tensor buffer) in module?.named_buffers() ?? [])
            {
                if (buffer.is_floating_point())
                {
                    names.Add(name);
                    sound.Add(buffer.isnan().any().logical_not());
                }
            }
        }

        if (sound.Count == 0)
        {
            return;
        }

        // The parts may be on more than one device only where a custom part says so; one read-back else.
        bool[] finite = sound.Select(flag => flag.device.ToString()).Distinct().Count() == 1
            ? Transfers.ToHost(torch.stack(sound)).data<bool>().ToArray()
            : [.. sound.Select(flag => Transfers.ToHost(flag).data<bool>()[0])];
        Refuse([.. names.Where((_, i) => !finite[i]).Distinct()], epoch, step);
    }

    private static void Refuse(string[] names, int epoch, int step)
    {
        const int Shown = 4;
        if (names.Length == 0)
        {
            return;
        }

        string more = names.Length > Shown ? FormattableString.Invariant($" and {names.Length - Shown} more") : "";
        throw new TrainingDivergedException(
            FormattableString.Invariant($"Epoch {epoch}, step {step}: {string.Join(", ", names.Take(Shown))}{more} is not finite."),
            Remedy);
    }
}
