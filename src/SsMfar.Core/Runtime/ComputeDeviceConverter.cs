using System.ComponentModel;
using System.Globalization;

namespace SsMfar.Runtime;

/// <summary>Lets configuration bind text to a <see cref="ComputeDevice"/>.</summary>
internal sealed class ComputeDeviceConverter : TypeConverter
{
    public override bool CanConvertFrom(ITypeDescriptorContext? context, Type sourceType) => sourceType == typeof(string);

    public override object? ConvertFrom(ITypeDescriptorContext? context, CultureInfo? culture, object value) =>
        value is string text ? ComputeDevice.Parse(text) : base.ConvertFrom(context, culture, value);
}
