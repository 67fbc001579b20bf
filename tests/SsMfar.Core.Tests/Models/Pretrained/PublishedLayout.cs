using System.Globalization;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Tasks;
using TorchSharp;

namespace SsMfar.Tests.Models;

/// <summary>A model's tensors under the names of the published code.</summary>
internal static class PublishedLayout
{
    private static readonly string[] Layers = ["conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4"];

    public static IEnumerable<KeyValuePair<string, torch.Tensor>> TensorsOf(MultiTaskModel model, string prefix)
    {
        foreach (var (name, tensor) in model.state_dict())
        {
            string[] parts = name.Split('.', 3);
            if (parts[0] == "backbone")
            {
                yield return new(
                    $"{prefix}base.{Array.IndexOf(Layers, parts[1]).ToString(CultureInfo.InvariantCulture)}.{parts[2]}",
                    tensor);
                continue;
            }

            string[] layer = parts[2].Split('.');
            string head = parts[1] switch
            {
                AffectTaskNames.Expression => "exp",
                AffectTaskNames.ValenceArousal => "va",
                _ => "au",
            };
            if (layer[0] == "output")
            {
                yield return new($"{prefix}{head}_classifier{(head == "au" ? ".fc" : "")}.{layer[1]}", tensor);
            }
            else if (head != "au")
            {
                yield return new($"{prefix}{head}_fc.0.{layer[1]}", tensor);
            }
            else
            {
                for (int unit = 0; unit < 12; unit++)
                {
                    yield return new(
                        $"{prefix}au_fc.{unit.ToString(CultureInfo.InvariantCulture)}.0.{layer[1]}",
                        tensor.narrow(0, 16 * unit, 16));
                }
            }
        }
    }
}
